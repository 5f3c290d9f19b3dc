from django.db import migrations, models


def keep_what_was_said(apps, schema_editor):
    """A reset is always an administrator's word. A rollover may be the rule's, and counts as that."""
    falls = apps.get_model('monitoring', 'RegisterFall').objects
    falls.filter(decision='reset').update(said='reset')


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0008_translated_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='registerfall',
            name='said',
            field=models.CharField(blank=True, choices=[('rollover', 'rollover'), ('reset', 'reset')], default='', max_length=12, verbose_name='said by an administrator'),
            preserve_default=False,
        ),
        migrations.RunPython(keep_what_was_said, migrations.RunPython.noop),
    ]
