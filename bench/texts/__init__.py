"""The bench of texts: time, memory and words of every file of a folder, before and after a change."""
