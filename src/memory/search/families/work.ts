// Building, testing, releasing, and working together.
export const WORK = `
build, compile, compilation, bundling, make
ci, continuous integration, pipeline, build server, runner, build agent
test, spec, check, unit test, test case, trial
flaky, intermittent, unstable, sometimes fails, unreliable, nondeterministic, random failures
integration test, end to end test, e2e test
coverage, tested, covered
reproducible, reproduce, deterministic, same result, repeatable, seed
deploy, deployment, rollout, roll out, release, ship, bring live, go live, publish, launch
release, version, publish, ship, update
canary, staged rollout, gradual rollout, few users first, percentage, ring, handful
shadow traffic, mirrored traffic, mirror requests, dark launch
blue green, alias switch, switch over
rollback, previous release, go back, revert, downgrade
upgrade, update, new version, version jump, newer version, major version
downgrade, older version
dependency, library, package, module, third party, libraries
lock file, lockfile, package lock, pinned
package manager, npm, pip, cargo, maven, composer
mirror, proxy registry, pull through, registry, artifact store
registry, repository of packages, image store, artifactory
repository, repo, git, codebase, source
commit, change, changeset, patch, revision
branch, fork, pull request, merge request, pr, outside contributor
pull request, merge request, pr, contribution, patch
fork, outside contributor, external contributor
review, code review, feedback, verdict, comment, critique, remarks, reviewer
objection, concern, complaint, criticism, complained, objected, criticised
plan, design, proposal, concept, approach, rfc, draft
decision, decided, choice, choose, chosen, conclusion, agreed, settled
reject, rejected, dismissed, turned down, discarded, abandoned
replace, replaced, supersede, superseded, instead, successor, substitute, swap
requirement, must, has to, rule, condition, prerequisite
rule, policy, regulation, guideline, law
exception, special case, exempt, exemption, override
workaround, bypass, stopgap, mitigation, temporary fix
fix, repair, mend, correct, solve, resolve, cure, remedy
change, modify, alter, edit, adjust, update, amend
refactor, rewrite, restructure, rework, redesign
remove, delete, drop, discard, get rid, take out, cut, eliminate
add, introduce, insert, append, include, new
create, make, generate, produce, build
prevent, avoid, avert, guard, protect, protection, stop, fend off, guard against, ward off
protect, secure, shield, safeguard, harden
detect, spot, recognise, recognize, identify, notice, discover, find, find out
measure, quantify, count
check, examine, inspect, verify, look at, test, control
compute, calculate, calculation, determine, work out, estimate
estimate, predict, forecast, expected, prediction, guess
documentation, docs, manual, handbook, readme, instructions
lesson, pattern, recipe, best practice, advice, learned, rule of thumb
ticket, issue, task, case, request
support, helpdesk, help desk, call centre, call center, customer service, service desk, hotline
agent, operator, employee, clerk
staging, test environment, pre production, preprod
production, live, prod, live system
developer, engineer, programmer, team
static analysis, lint, linter, type check
code generation, generated, codegen
monorepo, workspace, packages
cache key, cache restore, ci cache
parallel, concurrently, several at once, side by side
secret scanning, leaked key, committed secret
training, train, learn, model training, fine tune, learning
model, neural net, neural network, classifier, network, ml, machine learning, ai, recogniser
inference, prediction, recognise, on device, scoring
drift, degrade, got worse, shift, distribution changed, slides
dataset, data set, training data, examples, samples
precision, recall, false positives, accuracy, quality
experiment, a b test, ab test, variant, trial
checkpoint, save point, progress, state, resume
handover, hand over, hand off, handoff, pass on
agree, agreement, contract, treaty
licence, license, rights, licensing, entitlement
cost, price, expensive, bill, budget, spend, money, save money, costly, expenses
waste, wasteful, squander, useless, for nothing, helped nobody, pointless
reuse, share, recycle, use again
split, divide, cut, separate, break up, slice, chunk
group, bundle, collect, combine
limit exceeded, above the limit, over the limit, too many
manual, by hand, manually, person decides
automatic, automatically, automated, by itself, unattended, auto
scan, scanner, reader, barcode reader, handheld
annotate, label, labelling, mark up
`;
