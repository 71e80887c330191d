"""A Spark for tests: what the script asks of Spark's RDDs, in this process and at once."""

import pickle
import random


class Here:
    """A context of so many slots. Rows of a shuffle are pickled, and arrive in an order that the seed says."""

    def __init__(self, slots=2, seed=0):
        self.defaultParallelism = slots
        self.chance = random.Random(seed)
        self.stages = []  # how many tasks each one has

    def parallelize(self, items, tasks):
        items = list(items)
        self.stages.append(tasks)
        return Rows(self, [items[number::tasks] for number in range(tasks)])


class Rows:
    """Rows by task."""

    def __init__(self, context, tasks):
        self.context, self.tasks = context, tasks

    def mapPartitions(self, function):  # noqa: N802
        return Rows(self.context, [list(function(iter(rows))) for rows in self.tasks])

    def flatMap(self, function):  # noqa: N802
        return Rows(self.context, [[made for row in rows for made in function(row)] for rows in self.tasks])

    def repartitionAndSortWithinPartitions(self, tasks, taker):  # noqa: N802
        rows = [row for rows in self.tasks for row in pickle.loads(pickle.dumps(rows))]
        self.context.chance.shuffle(rows)
        taken = [[] for _ in range(tasks)]
        self.context.stages.append(tasks)
        for key, value in rows:
            taken[taker(key) % tasks].append((key, value))
        return Rows(self.context, [sorted(rows, key=lambda row: row[0]) for rows in taken])

    def collect(self):
        return [row for rows in self.tasks for row in rows]
