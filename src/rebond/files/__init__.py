"""Tables that people have, from any CRM: opened, their columns recognised, their cells read; nothing is stored here."""
