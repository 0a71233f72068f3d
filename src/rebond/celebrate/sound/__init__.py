"""Recorded sound: where it lies, what a file is by its content, its peaks, and how it is handed to a player."""
