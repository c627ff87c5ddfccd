// Everyday words in which people ask.
export const PLAIN = `
begin, start, first, initial, at first
end, finish, complete, done, over, close
wait, waiting, hold on, pause
wrong, incorrect, mistaken, faulty, false, bad
right, correct, proper, valid
big, large, huge, enormous, too large, giant, oversized
small, tiny, little, minor
many, lots, numerous, plenty, masses
less, fewer, reduce, reduction, decrease, lower, cut down, shrink
more, increase, raise, grow, higher
whole, entire, complete, full, total, all
empty, blank, void, nothing
missing, absent, lacking, gap, hole, not there, without
gap, hole, missing part, interruption
unknown, unrecognised, unfamiliar, new
happen, occur, take place, come about
cause, lead to, provoke, trigger, bring about
trigger, fire, start, set off
show, display, present, visible, see, shown
hide, conceal, hidden, invisible, cover
visible, seen, shown, see, look
tell, inform, notify, say, warn, told
warn, alert, caution, notice
ask, request, query, question, demand
need, require, necessary, must
want, wish, desire, would like
keep, preserve, retain, hold, save, stay
save, store, keep, persist, write
move, shift, transfer, relocate
copy, duplicate, clone, replicate
open, unlock, start
close, shut, end
send, transmit, deliver, dispatch, submit
receive, get, obtain, arrive
choose, pick, select, decide, selection
lose, lost, loss, missing, gone
find, locate, discover, look for, found
forget, forgotten, omit, overlook, miss
hurt, harm, damage, injure
different, differ, deviate, difference, other, distinct, discrepancy
same, equal, identical, alike
similar, alike, resemble, near
new, fresh, recent
old, former, previous, past, earlier, ancient, legacy
later, afterwards, subsequently, after
early, soon, premature, beforehand
late, delayed, overdue, behind time, belated
often, frequently, repeatedly, over and over, again and again, repeated, every time
seldom, rare, rarely, sometimes, occasionally
always, every time, constantly
night, nightly, overnight, evening, at night
morning, dawn, early
day, daily, every day
week, weekly, weekend
month, monthly
year, yearly, annual, spring
hour, hourly, minute
long, lengthy, extended
short, brief, small
annoying, annoyed, disturb, irritating, tedious, nuisance
angry, complain, complaint, unhappy
dangerous, risky, unsafe, hazard
safe, secure, harmless
danger, risk, threat, hazard
cheap, inexpensive, low cost
expensive, costly, dear, heavy
important, critical, essential, key
secretly, hidden, quietly, silently
quiet, silent, mute, no noise
loud, noisy, noise
public, open, everybody
outside, external, foreign, third party
inside, internal, within, inner
nearby, neighbouring, adjacent, neighbour
far, distant, remote
remote, far away, other place, distance
several, multiple, many, a number of
single, one, only one, sole, alone
alone, solo, by oneself
together, jointly, both, combined
part, piece, portion, section, fraction
piece, fragment, chunk, part
share, portion, percentage, part, proportion, ratio
amount, quantity, number, volume
number, count, amount, figure, how many
step, stage, phase
level, stage, tier, rung
way, method, approach, technique, means
kind, type, sort, category
example, sample, instance, case
problem, trouble, issue, difficulty
help, assist, support, aid
use, usage, employ, apply
unused, idle, useless, not used
idle, unused, doing nothing, inactive
busy, occupied, in use, loaded
broken, defective, out of order, damaged
strange, odd, weird, unusual, unexpected
unexpected, surprise, surprising
sudden, suddenly, abrupt, at once
slowly, gradually, little by little
immediately, at once, instantly, right away
temporary, provisional, for now, interim
permanent, for ever, forever, for good
possible, can, able
impossible, cannot, unable
responsible, in charge, blame, duty
blame, fault, responsible
pretend, fake, false, forged, counterfeit
fake, forged, false, not real, counterfeit, bogus
real, true, genuine, actual
genuine, authentic, real, original
guess, assume, estimate
trust, rely, believe
agree, consensus, accord
disagree, contradict, conflict, object
belong, part of, owned
include, contain, comprise, consist
exclude, leave out, omit, without
connect, attach, link, join
disconnect, detach, unplug, separate
attach, add, join, fasten
forbidden, prohibited, not allowed, banned
mandatory, obligatory, required, must
optional, voluntary, if you like
reach, arrive, get to, attain
leave, go away, depart, exit, quit
return, come back, back, go back
enter, get in, go in, come in
crowd, many people, masses, rush
steal, theft, stolen, rob
break in, intrusion, burglary
mismatch, does not fit, differ, unequal, discrepancy
twice, two times, double, second time
half, fifty percent, 50
third, three, triple
enough, sufficient, adequate
excess, surplus, too much, over
shortage, too few, lack, scarce
lack, missing, shortage, without
quantity, amount, how much
drift, slide, slip, shift slowly
drop, fall, decrease, decline, sink
rise, climb, increase, grow
jump, leap, spike, sudden change
stop, halt, cease, end, pause
continue, go on, resume, carry on
resume, continue, pick up again
skip, leave out, jump over, omit
ignore, disregard, overlook, neglect
respect, obey, follow, honour
obey, comply, follow
suspicious, suspect, doubtful, questionable
doubt, uncertain, unsure, unclear
clear, obvious, plain
hot, warm, heat
cold, frost, freezing
heavy, weight, big
pick up, collect, fetch
give up, abandon, stop trying
look after, care, maintain
take turns, alternate, rotate
put off, postpone, delay, defer
postpone, delay, defer, later
bring, carry, transport
carry, transport, convey
buy, purchase, acquire, order
sell, sale, sold, vend
win, winner, succeed
lock, close, secure
repair, fix, mend
age, how old, old
child, kid, children
man, woman, person
home, house, household
room, chamber, space
building, house, premises
paper, sheet, document
`;
