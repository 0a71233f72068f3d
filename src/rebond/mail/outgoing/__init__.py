"""The way out: what is due is written, handed over by SMTP or a provider, and its fate kept."""
