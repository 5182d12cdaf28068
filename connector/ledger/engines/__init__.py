"""The databases that a ledger may stand in. One file each, beside the statements as that database reads them."""
