"""`python -m roomdisplay` is `mydesk-room`."""

from roomdisplay.cli import main

if __name__ == "__main__":
    main()
