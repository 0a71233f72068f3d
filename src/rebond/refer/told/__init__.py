"""What the pages of one advocate and one referral say, in whole sentences; nothing is written here."""
