"""The machine it runs on: files and their owner, locks, standard streams, how commands are typed."""
