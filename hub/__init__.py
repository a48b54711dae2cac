"""The site hub: takes what units tell over MQTT, keeps it, and shows it."""
