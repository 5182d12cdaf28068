"""ITR: assessment sessions, tests, batteries and report definitions of one company."""
