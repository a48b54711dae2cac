"""A Microsoft 365 tenant on localhost that fails like the real one: sign-in, Graph, people in Outlook, and faults.

For the demo and the tests only; nothing that runs on a unit imports it. See docs/simulator.md.
"""
