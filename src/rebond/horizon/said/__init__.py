"""The long view in words and pictures: findings made of the figures of ``horizon.answers``."""
