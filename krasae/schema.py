"""The whole schema: every room's migrations, in the order of their foreign keys."""

from alerts.schema import migrations as alerts
from listener.schema import migrations as listener
from nlp.schema import migrations as nlp
from trends.schema import migrations as trends

ROOMS = (listener, nlp, trends, alerts)
