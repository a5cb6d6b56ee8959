"""The command line: `python -m operations --help` is `./eks --help`."""

from operations.cli.app import main

if __name__ == "__main__":
    main()
