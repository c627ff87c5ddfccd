// Who may do what, and what is kept from whom.
export const ACCESS = `
login, log in, logon, log on, sign in, signin, sign on, authentication, authenticate, auth, sso, single sign on
logout, log out, sign out, signout, log off, end session, session ends
authorization, authorisation, permission, access control, rights, privilege, acl, rbac, allowed, entitled, permitted, may see, role
forbid, deny, refuse, reject, block, disallow, prohibit, ban, decline, turn away, not allowed
permit, allow, let, grant, approve, accept
password, passphrase, passcode, pin, secret word
credential, secret, api key, access key, token, password, key material
token, jwt, bearer, ticket, oidc
second factor, two factor, 2fa, mfa, otp, totp, one time code, passkey, webauthn, security key, authenticator
biometric, fingerprint, face id, touch id
session, cookie, signed in
session timeout, idle timeout, inactivity, idle, inactive, expires
account, profile, user account, identity
user, member, customer, person, people, subscriber, account holder
admin, administrator, operator, superuser, root
encrypt, encryption, cipher, ciphertext, cryptography, crypto, end to end, e2e, e2ee, sealed
decrypt, unlock, unseal, open
key, key pair, private key, public key
sign, signature, signed, attest, attestation
certificate, cert, tls, ssl, https, x509, acme, letsencrypt, issuer, ca
renew, renewal, prolong, extend, reissue, rotate, refresh
rotate, rotation, replace, roll over, change keys
revoke, revocation, withdraw, invalidate, cancel, blacklist
leak, expose, disclose, reveal, exfiltrate, spill, data breach, visible to others, slip out
private, confidential, secret, hidden, sensitive, internal
privacy, data protection, gdpr, dsgvo, personal data, pii, personal information
anonymise, anonymize, pseudonymise, pseudonymize, scrub, redact, mask, blur, conceal, obfuscate, strip
retention, retain, keep, kept, store for, how long, days, months
erase, erasure, delete, remove, wipe, purge, shred, drop, forget, right to be forgotten
consent, opt in, opt out, agreement, permission
unsubscribe, opt out, leave list, suppress, suppression, stop list
attacker, hacker, intruder, adversary, malicious, crook, criminal, thief, abuser, bad actor, fraudster, scammer
fraud, scam, phishing, abuse, cheat, social engineering, impersonation, swindle, deception
spam, junk, flood, flooding, unsolicited
bot, robot, crawler, scraper, automated, machine, script, spider
captcha, proof of work, challenge, turnstile
injection, sql injection, xss, cross site scripting, script injection, escape, sanitise, sanitize
csrf, cross site request forgery, forged request, same site, samesite, origin check
ssrf, private ranges, internal addresses
sanitise, sanitize, clean, allow list, whitelist, escape, strip tags
allowlist, allow list, whitelist, safe list
blocklist, block list, blacklist, deny list, denylist
sandbox, isolate, isolation, jail, container, confined
vulnerability, cve, security hole, exploit, weakness, security bug
supply chain, dependency confusion, typosquatting, provenance
audit, audit log, audit trail, journal, protocol, record of access
log, protocol, record, trace, write down
verify, verification, validate, check, confirm, prove, proof, authenticate
trust, trusted, trustworthy
invite, invitation, onboarding, join, enrol, enroll, enrolment, register, sign up, signup, registration
offboarding, offboard, leaves the company, leaver, quits, departure, removed member, leaves
guest, visitor, anonymous user
parent, guardian, child, minor, kid
share, shared, sharing, common, joint
tenant, customer, organisation, organization, company, workspace, account
multi tenant, tenancy, tenant isolation, noisy neighbour
impersonate, on behalf of, act as
vault, secret store, keychain, key store, keystore, hsm
firewall, waf, packet filter, ip block
signature, autograph, signed
moderation, moderate, report abuse, offensive content, banned words
owner, ownership, belongs
lockout, locked out, too many attempts, brute force, failed attempts
recovery, recover, restore access, reset, forgotten password, lost password, lost device
`;
