"""The health of the unit: watchers that read, alarms that are decided from readings, and what is told of both."""
