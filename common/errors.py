"""The base of all our errors.

MyDeskError
    ConfigError            common.config: a configuration file is wrong, with every problem in it
    GraphError             graph.errors: Microsoft 365 said no, or could not be reached
    DriverError            drivers.errors: a wire, a pin or a device
    ControlError           common.control: a control socket cannot be reached or refused
    StoreError             common.database: a database cannot be opened or written
"""


class MyDeskError(Exception):
    """Error raised when something failed that a person can act on.

    ``hint`` says what to do next, in one sentence; an empty hint means the message says it all.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()
