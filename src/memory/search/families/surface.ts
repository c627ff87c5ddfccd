// Screens, phones, media, texts.
export const SURFACE = `
app, application, program, client, software
phone, mobile, smartphone, handset, cell phone, cellphone, mobile phone, telephone, device
tablet, ipad, gadget, device
device, gadget, hardware, machine, appliance, handset, unit
laptop, notebook, computer, desktop, pc
new phone, change of device, replacement phone, switching phones, another mobile, another phone
browser, chrome, firefox, safari, web page
page, screen, view, site
website, site, web page, homepage, public site
screen, display, monitor, view
dashboard, overview, panel, cockpit
button, control, click, tap
form, input, fields, dialog
dialog, popup, modal, window
menu, navigation, sidebar
theme, dark mode, colour scheme, color scheme, appearance
colour, color, hue, shade
icon, symbol, pictogram
layout, arrangement, design, template
template, layout, boilerplate, form letter
placeholder, merge field, variable, field
accessibility, a11y, screen reader, blind, visually impaired, voiceover, talkback, disabled
contrast, readable, legibility
keyboard, shortcut, hotkey
translation, translate, localisation, localization, l10n, i18n, language
language, locale, tongue
font, typeface, glyph
markdown, rich text, formatting
editor, editing, edit, text field
draft, unsaved, autosave, unfinished
autosave, save, draft, keep changes
undo, redo, revert
bookmark, reading position, reading progress, last page, place in the book
reading, read, reader
annotation, highlight, comment, note
clipboard, paste, copy paste, pasted
drag, drop, move
scroll, scrolling, infinite list
list, listing, rows, overview
chart, graph, plot, diagram, line, curve
image, picture, photo, photograph, graphic, bitmap, screenshot, illustration
thumbnail, preview, preview picture, small picture, sprite
preview, unfurl, link card, teaser
avatar, profile picture, portrait
camera, lens, photo
video, film, movie, clip, footage
live stream, livestream, broadcast, stream, live
playback, play, watch, viewing
viewer, spectator, audience, watcher
cartoon, animation, animated, anime
subtitle, caption, captions, cue, text under the picture
out of sync, drift, lags, delayed, desynchronised
frame, keyframe, picture
frame rate, fps, frames per second
black screen, black picture, dark picture, nothing visible, black frames
encode, transcode, encoding, transcoding, ffmpeg, codec
codec, h264, av1, hevc
quality, bitrate, resolution, rendition, ladder
audio, sound, music, voice, speech
microphone, mic, headset, recording device
headset, headphones, earbuds, earphones
recording, record, capture, tape
sample rate, sampling rate, sampling frequency, hz
noise, background noise, hum
speech recognition, transcription, dictation, voice to text
song, track, tune, music
playlist, queue of songs, setlist
volume, loudness, gain
podcast, episode, show
concurrent streams, simultaneous viewers, password sharing, account sharing
push notification, notification, push, apns, fcm, notify
badge, counter, unread
unread, not read yet, read state, seen
location, position, whereabouts, gps, coordinates, place, where
gps, satellite, gnss, position fix, location
geofence, boundary, edge, border, polygon, fence
boundary, border, edge, limit line, line
nearby, close, distance, radius
route, routing, directions, path, itinerary, way
route planning, tour, order of stops, stops, vehicle routing
tour, route, round, trip
search box, search field, autocomplete, typeahead, suggestions
autocomplete, typeahead, completion, suggestions while typing
empty state, no results, nothing found
first visit, first load, initial load, cold cache
bundle, bundle size, javascript size, payload
lazy, on demand, deferred, later
service worker, pwa, offline page
store review, app review, app store, rejected by the store, refused by apple, guideline
background, in the background, while closed
foreground, in front, open app
install, installation, set up, setup
uninstall, remove app
update, new version, upgrade
permission prompt, ask for permission, consent dialog
qr, qr code, barcode, bar code, label
barcode, isbn, ean, gtin, scan code
scan, read code, capture, scanning
printer, print, printing, printed, paper
label, sticker, tag
text message, sms, short message, texting
call, phone call, ring
calendar, diary, date, ics, ical
reminder, remind, nudge
tutorial, onboarding, guide
game loop, tick, simulation step
physics, collision, hitbox
shader, rendering, render, graphics
3d, mesh, model, geometry
sprite, texture, atlas
wireless, bluetooth, cordless
watch, wearable, smartwatch
sensor, accelerometer, gyroscope
sleep, asleep, standby, suspended
heat, hot, temperature, overheating
`;
