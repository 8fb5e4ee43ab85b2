"""Running an experiment from its config to its report."""

from pathlib import Path

from mmsar.apis.config import load_config
from mmsar.apis.cross_sensor.classifier import require_classifier
from mmsar.apis.cross_sensor.grid import Grid
from mmsar.apis.cross_sensor.image_sets import ImageSets
from mmsar.apis.cross_sensor.launching import InProcess, Launcher
from mmsar.apis.cross_sensor.progress import step_progress
from mmsar.apis.cross_sensor.report import Report
from mmsar.apis.cross_sensor.results import Results
from mmsar.apis.cross_sensor.scheduling import Schedule
from mmsar.apis.cross_sensor.settings import Experiment
from mmsar.apis.cross_sensor.steps import BEGUN, DONE, Markers, Step
from mmsar.engine.image_jobs.folder import locked
from mmsar.errors import MMSARError

_LISTED = 10  # failures in a message


class Run:
    """One experiment in its work folder.

    Args:
        experiment: Its settings.
        work: Work folder.
        seeds: Their number; None: that of the config.

    Attributes:
        steps: All of them, in order.

    Raises:
        MMSARError: A setting, a config or a folder is wrong; nothing was written then.
    """

    def __init__(self, experiment: Experiment, work: Path, seeds: int | None = None) -> None:
        self.experiment, self.work = experiment, work
        self.seeds = seeds or experiment.seeds
        self.images = ImageSets(experiment)
        grid = Grid(experiment, self.images, self.seeds, work)
        self.steps = grid.plan()
        settings = experiment.downstream
        require_classifier(load_config(settings.config), settings.config)
        self.markers = Markers(work, self.steps)

    def done(self) -> list[str]:
        """Return the names of the steps that are done.

        Raises:
            DataError: One was begun with other settings or data.
        """
        return [step.name for step in self.steps if self.markers.is_done(step)]

    def run(self, tools: Path, processes: int = 1, in_process: bool = False) -> Path:
        """Do what is missing, and write the report; return its page.

        Args:
            tools: Folder of ``train.py`` and the other tools.
            processes: Steps at a time.
            in_process: Run all steps in this process.

        Raises:
            ConfigError: Another run writes to the work folder.
            DataError: A step was begun with other settings.
            MMSARError: Steps have failed; what did not need them is done.
        """
        self.work.mkdir(parents=True, exist_ok=True)
        with locked(self.work):
            done = self.done()
            launch = (
                InProcess(self.work, tools) if in_process else Launcher(self.work, tools, processes)
            )
            with step_progress(len(self.steps) - len(done)) as shown:

                def begin(step: Step) -> None:
                    self.markers.write(step, BEGUN)
                    shown.begin(step.name)

                def end(step: Step, well: bool) -> None:
                    if well:
                        self.markers.write(step, DONE)
                    shown.end(step.name, failed=not well)

                schedule = Schedule(self.steps, done, launch, begin, end)
                schedule.run()
            results = Results(self.work, schedule.done, self.seeds)
            page = Report(self.experiment, self.images, results, self.work).write(
                list(schedule.failures)
            )
        if schedule.failures:
            raise MMSARError(_message(schedule.failures, len(self.steps), page))
        return page


def _message(failures: dict[str, str], total: int, page: Path) -> str:
    lines = list(failures.values())[:_LISTED]
    if len(failures) > _LISTED:
        lines.append(f'and {len(failures) - _LISTED} more')
    return (
        f'{len(failures)} of {total} steps are not done:\n'
        + '\n'.join(f'  {line}' for line in lines)
        + f'\nThe others are; {page} has what there is. Start again when the cause is removed'
    )
