"""One module for each verb of the command line, loaded when the verb is called; the table of verbs is in cli.py."""
