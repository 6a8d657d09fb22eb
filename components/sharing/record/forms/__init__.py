"""Forms of a design record, one file each: the ending and the writer."""

from components.models.language.registry import Registry
from components.sharing.record.forms.base import RecordForm

FORMS = Registry(__name__, RecordForm, "form of a design record")
