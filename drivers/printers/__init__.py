"""Badge and receipt printers: status codecs, command builders, documents, and a port that nobody has to wait for.

    printer = open_printer(config.printer, monotonic_s=clock.monotonic_s)
    supervisor.start("printer", printer.run)
    job = printer.print(document)           # returns at once: queued, or failed with a reason
    printer.job(job.id)                     # queued, printing, done, failed or abandoned

status, bitmap, document            values that all languages share
escpos, zpl, brother_ql             what a printer says: codecs, sans-IO
escpos_commands, zpl_commands, brother_ql_commands
                                    what a printer is told: builders
language, escpos_language, zpl_language, brother_ql_language
                                    one language as a whole: its renderer, its way to ask and to confirm
file_link, port, printer            the wire, the worker, the configuration
"""
