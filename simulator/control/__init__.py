"""The control calls under /_sim/: the clock, faults, people at work in Outlook, sign-ins, and the truth."""
