"""The door panel: schedule -> room state -> {screen, lamp, telemetry}."""
