"""People's records: who is asked for, what is pushed of them, and what is taken from them."""
