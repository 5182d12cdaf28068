"""`python -m connector` is the console script `connector`."""

from connector.cli import main

if __name__ == "__main__":
    main()
