"""An ask as screens show it: why this person, what to say, the letter, or why none may be written."""
