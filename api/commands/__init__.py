"""Hold the commands beyond starting and testing: one module an area, each listing its click commands under ``COMMANDS``."""
