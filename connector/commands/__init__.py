"""One module for each verb of the command line, loaded when the verb is called (machine/verbs.py has the table), and what verbs share: screens, options, how they end."""
