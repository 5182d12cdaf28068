"""What is to be done, decided without doing it: one item, the brake, the report, reasons and their words."""
