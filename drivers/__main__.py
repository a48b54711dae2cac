"""python -m drivers: the same as mydesk-drivers."""

from drivers.cli import main

if __name__ == "__main__":
    main()
