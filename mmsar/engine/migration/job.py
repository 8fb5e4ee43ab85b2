"""The migration of a data set."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from mmsar.engine.image_jobs.folder import locked
from mmsar.engine.image_jobs.manifest import Log, merge_manifest, read_manifest
from mmsar.engine.image_jobs.processes import Processes
from mmsar.engine.image_jobs.progress import report
from mmsar.engine.image_jobs.summary import Summary
from mmsar.engine.migration.batch import BatchMigration
from mmsar.engine.migration.migrator import Migrator
from mmsar.engine.migration.plan import Plan, make_plan, survey
from mmsar.engine.migration.references import read_choice
from mmsar.engine.migration.settings import Folders, MigrationSettings
from mmsar.engine.migration.values import Values


class Migration:
    """Migrates every image below a folder, with as many processes as there are.

    Results have the names of their contents. ``OUT/manifest.jsonl`` has a line for each, written
    after the image. A run that was killed, or met images that it could not read, is started again:
    what is done stays, as long as its content is the same file; failures are tried again.

    What becomes of an image depends on the image, its references and the settings; with models
    that compute in float64, neither on its batch nor on the number of processes.

    Args:
        settings: How.
        content: Folder of the images, at any depth.
        style: Folder of references.
        out: Folder of the results.

    Raises:
        ConfigError: A setting is wrong, or the folders contain one another.
    """

    def __init__(
        self,
        settings: MigrationSettings,
        content: str | Path | None,
        style: str | Path | None,
        out: str | Path | None,
    ) -> None:
        self.settings = settings
        self.folders = Folders(content, style, out)  # type: ignore[arg-type]
        self.choice = read_choice(settings.styles)
        self.values = Values(settings.load, settings.stretch)

    def run(self, get_model: Callable[[], Migrator]) -> Summary:
        """Migrate what is not done yet; every process calls it.

        Args:
            get_model: Called once, if there is something to do.

        Raises:
            ConfigError: Another run writes to the folder, or memory does not suffice.
            DataError: A folder has no images, references cannot be used, or the results' folder
                was made with other settings or of other images.
        """
        processes = Processes()
        with ExitStack() as stack:
            plan = self._plan(processes.number, stack) if processes.rank == 0 else None
            plan = processes.from_first(plan)
            if plan.shares[processes.rank]:
                self._work(plan, processes, get_model())
            processes.wait()
            summary = self._finish(plan) if processes.rank == 0 else None
            return processes.from_first(summary)

    def _plan(self, processes: int, stack: ExitStack) -> Plan:
        """Look at everything (the first process), and keep the folder for this run."""
        found = survey(self.folders, self.choice, self.values.loading.name)
        self.folders.out.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(self.folders.out))
        return make_plan(self.settings, self.folders, self.values, *found, processes)

    def _work(self, plan: Plan, processes: Processes, model: Migrator) -> None:
        """Migrate the share of this process."""
        batches = plan.shares[processes.rank]
        work = BatchMigration(model, self.values, self.folders, plan.outputs)
        total = sum(len(batch.contents) for batch in batches)
        with (
            report(total, processes.rank, processes.number) as shown,
            closing(Log(self.folders.out, processes.rank)) as log,
        ):
            for batch in batches:
                failed = 0
                for entry in work.run(batch):
                    log.append(entry)
                    failed += entry['status'] == 'failed'
                shown.advance(failed, len(batch.contents))

    def _finish(self, plan: Plan) -> Summary:
        """Write one manifest (the first process)."""
        entries = read_manifest(self.folders.out)
        merge_manifest(self.folders.out, entries)
        now = {c.name for part in plan.shares for batch in part for c in batch.contents}
        done = {name for name, entry in entries.items() if entry['status'] == 'done'}
        failed = {k: str(v['reason']) for k, v in entries.items() if v['status'] == 'failed'}
        return Summary(self.folders.out, len(done), len(done & now), failed)
