"""`connector serve`: the daemon."""

from __future__ import annotations

from connector.app import App
from connector.commands.common_options import SettingsPath, asked, new_verb
from connector.commands.running import DONE, read_settings, read_what_is_right_to_serve, run_verb
from connector.daemon.service import Service
from connector.engine.event_loop import run_program
from connector.errors import ConnectorError, LeaseHeld, LedgerError
from connector.machine import early_signals
from connector.machine.process_end import end_soon

verb = new_verb()


@verb.command()
def serve(settings: SettingsPath = None) -> None:

    def run() -> int:
        try:
            run_program(_serve(Service(lambda: App(read_settings(settings, serving=True)))))
        except (LeaseHeld, LedgerError):
            raise
        except ConnectorError as error:
            early_signals.let_come()  # a mail server may take long
            from connector.wiring.opening import Opening
            from connector.wiring.refused_start import tell_of_refused_start

            if (loaded := read_what_is_right_to_serve(settings)) is not None:
                run_program(tell_of_refused_start(lambda: Opening(loaded, checked=False), str(error)))
            raise
        return 0

    run_verb(run, asked.as_json)


async def _serve(service: Service) -> None:
    """Serve until somebody ends it, and have the process end then."""
    await service.serve()
    end_soon(DONE)
