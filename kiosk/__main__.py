"""python -m kiosk: the same as mydesk-kiosk."""

from kiosk.cli import main

if __name__ == "__main__":
    main()
