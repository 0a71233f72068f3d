"""The call of the month: its states, its rules, what a ballot may say, how ballots are counted. Pure."""
