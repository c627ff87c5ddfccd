// Money, trade, people, places: what software is about.
export const PEOPLE = `
payment, pay, paid, charge, transaction, transfer, purchase
charge, debit, bill, collect money, withdraw
refund, money back, pay back, paid back, reimburse, repayment, return money, repay, credit, chargeback
deposit, guarantee, security payment, pre authorisation, preauthorisation, card hold, hold, bond
card, credit card, debit card, card payment
bank, banking, iban, account, sepa, bank account, bank details
transfer, remittance, wire, send money, standing order, move money
standing order, recurring transfer, recurring payment, scheduled payment, periodic transfer
direct debit, mandate, collection
payee, beneficiary, recipient of money, account holder
invoice, bill, billing, receipt, statement
credit note, corrective invoice, correction invoice, cancellation invoice
tax, vat, value added tax, fiscal, levy
tax office, auditor, inspector, authority, audit
currency, exchange rate, foreign exchange, fx, conversion, euro, dollar, foreign money
rounding, round, cent, cents, decimal, half even, banker's rounding, tiny difference, fraction
interest, yield, accrual, accrued
price, cost, fare, fee, rate, tariff, amount
discount, bargain, reduction, sale, rebate, price drop, voucher, coupon, special offer, cheaper
voucher, coupon, gift card, promo code
tip, gratuity
salary, wage, wages, pay, payroll, earnings, income, payslip, compensation, remuneration
payslip, pay slip, payroll, salary statement
overpaid, paid too much, negative correction, claw back, overpayment
instalment, installment, pay in parts, partial payment
ledger, bookkeeping, accounting, books, journal, booked, posting, accountant
month end, closing, period end, close the books, month closing
reversal, counter entry, cancel a posting, correction entry
budget, spending limit, cost cap
subscription, plan, membership, abo, recurring, subscriber
trial, free period, test period
order, purchase, buy, checkout, cart, basket
cart, basket, shopping basket, trolley
checkout, pay, paying, while people pay, till
shop, store, online shop, merchant, retailer, vendor
product, article, item, goods, merchandise, sku
stock, inventory, in store, warehouse, quantity, units available
oversell, oversold, sold twice, double selling, negative stock, sold out, more than available
warehouse, depot, storehouse, stockroom
delivery, shipping, shipment, dispatch, parcel, consignment
parcel, package, consignment, shipment, delivery
courier, carrier, driver, postman, shipping company, haulier
van, lorry, truck, vehicle, car, fleet
locker, pick up box, parcel box, pick up point, collection point
return, send back, returned goods, take back
supplier, vendor, provider, distributor
reservation, booking, reserve, book, hold, appointment, reserved
double booking, overbooking, double booked, overlapping reservations, booked twice, overlap
appointment, slot, date, booking, schedule
seat, place, ticket, row
ticket, admission, entry pass, pass
entrance, door, gate, admission, entry, access
door, lock, smart lock, entrance
guest, visitor, traveller, tenant, stay
stay, visit, nights, sojourn
hotel, apartment, accommodation, lodging, holiday home, rental
rent, lease, rental, let, tenancy
tenant, renter, lodger
landlord, host, owner
cleaning, housekeeping, cleaner
employee, staff, personnel, worker, colleague, workforce, crew, employees
boss, manager, supervisor, head, lead, superior
hr, human resources, personnel department
shift, roster, rota, duty, work schedule
substitute, replacement, stand in, cover, fill in, steps in
sick, ill, illness, sick leave, absent, calls in sick
holiday, vacation, leave, day off, public holiday
absent, away, not there, nobody home, not at home, missing
patient, resident, client
doctor, physician, clinician, nurse, carer, medical
hospital, clinic, practice, care home, surgery
prescription, medicine, drug, medication, dose
dosage, dose, amount, overdose, too much
insurance, insured, health insurance, policy
diagnosis, medical record, chart, health record, findings
mix up, mixed up, confusion, confused, wrong person, swapped, mistaken identity
teacher, lecturer, professor, tutor
pupil, student, learner, schoolchild
school, university, class, course
mark, grade, report card, score
exam, test, examination, quiz
lecture, talk, lesson, speech
library, books, lending, loan, borrow
borrow, lend, lending, loan, check out
book, novel, title, volume, ebook
reader, borrower, patron
comic, graphic novel, manga, picture book
newsletter, mailing, campaign, bulk mail, mailing list
email, mail, e mail, message, letter
sender reputation, deliverability, warm up, spam folder, reputation
bounce, undeliverable, returned mail, non delivery
recipient, addressee, receiver
letter, post, mail, correspondence
address, street, location
name, title, called
chat, conversation, messaging, talk, channel, room
channel, room, group, conversation
thread, replies, discussion, conversation
presence, online status, who is online, who is there, availability
mention, ping, at somebody
emoji, reaction, smiley
poll, survey, questionnaire, form, ballot
vote, ballot, poll, election
answer, reply, response, respond
participant, respondent, attendee
news, article, story
game, match, play, player
player, gamer, participant
matchmaking, fair teams, rating, skill, elo, glicko, opponents
novice, beginner, newcomer, newbie, rookie
veteran, expert, pro, experienced
penalty, punishment, sanction, cooldown, fine, penalise
quit, leave, abandon, desert, drop out, rage quit, leaver
cheater, cheating, smurf, aimbot
leaderboard, high score, ranking
dish, recipe, meal, food, cooking
recipe, dish, cooking, meal
ingredient, component, foodstuff, leftovers
allergy, allergen, intolerance, nuts
kitchen, stove, cooking, cook
bird, animal, wildlife, species
species, animal, kind of animal, taxon
endangered, protected, rare, threatened
farm, farmer, agriculture, field, crop
tractor, harvester, combine, machine
field, plot, parcel of land, acre
water, river, flood, level
flood, high water, inundation
weather, storm, rain, snow, frost, temperature
winter, frost, cold, snow
fire, smoke, blaze
traffic, road, street, route
train, rail, railway, locomotive
bus, coach, tram, public transport
timetable, schedule, departures, gtfs
station, stop, platform
lift, elevator, escalator
wheelchair, step free, disabled, barrier free, accessible
trip, journey, ride, travel, tour, voyage
flight, plane, airline, airport
map, chart, geographic
charging station, charger, ev, wallbox, charging point
solar, inverter, photovoltaic, panel
meter, electricity meter, smart meter
museum, exhibition, gallery
church, parish, congregation
city, town, municipality, council
citizen, resident, inhabitant
government, authority, agency, public office
emergency, alarm, rescue, ambulance
lawyer, attorney, legal, counsel, law
contract, agreement, terms, conditions
legal, law, regulation, compliance, statutory
donation, donate, charity, gift
auction, bid, bidding
advert, ad, advertisement, banner
review, rating, stars, testimonial
complaint, complain, dispute, claim
dispute, claim, disagreement, contested
`;
