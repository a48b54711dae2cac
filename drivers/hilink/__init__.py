"""HiLink 24 GHz radars: one framing, LD2410/B/C (presence) and LD2450 (three targets); others are named unsupported.

framing     bytes -> whole frames                protocol   command words and the values of both directions
acks        answers to commands                  commands   builders of commands, each a complete frame
models      other models, by what they send      session    a conversation in configuration mode
ld2410, ld2450    codec and device of each       revival    ways out of silence
"""
