"""The Kivy screens of the kiosk; see kiosk/view.py for what they draw."""
