"""Django's settings. What differs between installations comes from ``energy.environment``."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from energy.environment import BadEnvironment, read_environment

try:
    ENVIRONMENT = read_environment()
except BadEnvironment as error:
    # Whoever starts a server with a bad value wants that line, not a traceback.
    raise SystemExit(f"The environment is not usable. {error}") from None

# Makes Django's generic classes, such as ModelForm[User], generic at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.csrf_trusted_origins

INSTALLED_APPS = [
    "energy",
    "accounts",
    "devices",
    "monitoring",
    "sensor_sim",
    "energy.admin_config.EnergyAdminConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "energy.compression.CompressionMiddleware",  # it hides the true length of pages (BREACH)
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "energy.null_characters.RefuseNullCharacters",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "energy.urls"
ASGI_APPLICATION = "energy.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "energy" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "monitoring.notifications.context.unread_notifications",
                "devices.context.own_devices",
            ],
        },
    },
]

# --- Data and messages

DATABASES = {"default": ENVIRONMENT.database}
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,  # seconds
    # A server that vanishes without a word is noticed within half a minute, not within hours: the
    # first probe after 10 s, three of them 5 s apart.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
    # A frozen process does not keep its locks for ever.
    "options": "-c idle_in_transaction_session_timeout=30s",
    **DATABASES["default"].get("OPTIONS", {}),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = ENVIRONMENT.broker_url
BROKER_TLS = ENVIRONMENT.broker_tls
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_USE_SSL = BROKER_TLS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # it may be away for long, and it comes back
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Without servers (make demo) the worker looks for messages this often, in seconds.
    {"polling_interval": 0.05} if BROKER_URL.startswith("memory:") else {"confirm_publish": True}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# Tasks wait for the database or a mail server, and ingestion lives in threads of the same process:
# one process is one unit to start, stop, watch and kill.
CELERY_WORKER_POOL = "threads"
# An import and a long sum may keep a thread each for minutes; one is left for emails, one for the
# rest. A thread has a connection to the database while it runs a task.
CELERY_WORKER_CONCURRENCY = 4
# One broadcast of somebody who may use the broker would end all workers.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = ENVIRONMENT.worker_remote_control
# Nothing asks for the results of tasks, so nothing has to clean them up either.
CELERY_RESULT_EXPIRES = None

#: Tasks and how often they run, in seconds; the first time when a worker starts. Each worker
#: schedules them for itself (energy/schedule.py), so they must stand being run twice at once.
SCHEDULED_TASKS_S = {
    "monitoring.tasks.keep_partitions": 3600,
    # A reading is in the history within 60 s of its commit: half to wait, half for the work, which
    # rests half of its time (docs/scale.md tells how many sensors that is enough for).
    "monitoring.tasks.sum_intervals": 30,
    "monitoring.tasks.measure_peaks": 30,
    "monitoring.tasks.send_emails": 60,
    "monitoring.tasks.count_readings": 60,
    "monitoring.tasks.forget_old_rows": 600,
    "monitoring.exchange.tasks.import_uploads": 60,
}
CELERY_BEAT_SCHEDULE = {
    task: {
        "task": task,
        "schedule": every_s,
        # The next one does the work of one that nobody has taken by then.
        "options": {"expires": every_s},
        "last_run_at": datetime(2000, 1, 1, tzinfo=UTC),  # long ago: due at once
    }
    for task, every_s in SCHEDULED_TASKS_S.items()
}

INGEST_BATCH_SIZE = ENVIRONMENT.ingest_batch_size  # readings a transaction
INGEST_FLUSH_MS = ENVIRONMENT.ingest_flush_ms  # how long a reading may wait for company
INGEST_PREFETCH = ENVIRONMENT.ingest_prefetch  # messages in the worker's hands
INGEST_DEFERRED_MAX_MB = ENVIRONMENT.ingest_deferred_max_mb  # disk for late readings that wait
#: Entries that a UTC day adds at most, of a sensor for a reason and for a reason in all.
QUARANTINE_MAX_A_SENSOR = ENVIRONMENT.quarantine_max_a_sensor
QUARANTINE_MAX_A_REASON = ENVIRONMENT.quarantine_max_a_reason
#: monitoring/forgetting.py deletes what is older.
QUARANTINE_KEPT_DAYS = ENVIRONMENT.kept_days["QUARANTINE_KEPT_DAYS"]
QUARANTINE_WAITING_KEPT_DAYS = ENVIRONMENT.kept_days["QUARANTINE_WAITING_KEPT_DAYS"]
ALERTS_KEPT_DAYS = ENVIRONMENT.kept_days["ALERTS_KEPT_DAYS"]
ALERT_EMAILS_KEPT_DAYS = ENVIRONMENT.kept_days["ALERT_EMAILS_KEPT_DAYS"]
IMPORTS_KEPT_DAYS = ENVIRONMENT.kept_days["IMPORTS_KEPT_DAYS"]
LOGINS_KEPT_DAYS = ENVIRONMENT.kept_days["LOGINS_KEPT_DAYS"]
SUPERSEDED_KEPT_DAYS = ENVIRONMENT.kept_days["SUPERSEDED_KEPT_DAYS"]
INGEST_HEARTBEAT_S = ENVIRONMENT.ingest_heartbeat_s  # between the worker and the broker

#: What is interpolated between readings further apart is an estimate.
HISTORY_MAX_GAP = timedelta(minutes=ENVIRONMENT.history_max_gap_minutes)

CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "energy.demo.layer.CrossThreadInMemoryChannelLayer"}
        if ENVIRONMENT.redis_url.startswith("memory:")
        else {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                "hosts": [ENVIRONMENT.redis_url],
                # Hints that may wait for a web server, for all its pages together: what is beyond
                # that is dropped, and its page finds the news only when it looks by itself. One
                # hint a page is enough for twice the pages that one server has been measured
                # with. They are some 250 bytes each in Redis, and gone after a minute at most.
                "capacity": 10_000,
            },
        }
    )
}
REDIS_URL = ENVIRONMENT.redis_url

#: Pages of one web server that are made at the same time, each on a thread with a connection to
#: the database; half as many files are sent or received besides, and two logins.
WEB_THREADS = ENVIRONMENT.web_threads

#: Whole months of raw readings that are kept besides the current one; 0: all, for ever.
READINGS_KEPT_MONTHS = ENVIRONMENT.readings_kept_months

# --- Metrics

METRICS_TOKEN = ENVIRONMENT.metrics_token  # without one nobody reads them
WORKER_METRICS_HOST = ENVIRONMENT.worker_metrics_host
WORKER_METRICS_PORT = ENVIRONMENT.worker_metrics_port  # 0: the worker does not serve them

# --- People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "accounts.hashers.FewArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "accounts.lockouts.get_login_name"  # whatever its case
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # accounts/admin.py shows them, under names that people know

SITE_URL = ENVIRONMENT.site_url  # for links in emails; without a slash at the end

EMAIL_BACKEND = ENVIRONMENT.email["EMAIL_BACKEND"]
EMAIL_HOST = ENVIRONMENT.email["EMAIL_HOST"]
EMAIL_PORT = ENVIRONMENT.email["EMAIL_PORT"]
EMAIL_HOST_USER = ENVIRONMENT.email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = ENVIRONMENT.email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = ENVIRONMENT.email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = ENVIRONMENT.email["EMAIL_USE_SSL"]
EMAIL_FILE_PATH = ENVIRONMENT.email["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.default_from_email

# --- Language and time: UTC inside, the client's own zone on pages

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ro", _("Romanian"))]
LOCALE_PATHS = [BASE_DIR / "energy" / "locale"]
FORMAT_MODULE_PATH = "energy.formats"  # dates as the pages write them, in the admin too
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "frontend" / "built"]  # what npm has put together
STATIC_ROOT = BASE_DIR / "staticfiles"
# A checkout in which nobody ran collectstatic serves the files from where they lie.
STATIC_FILES_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists() or "collectstatic" in sys.argv
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_FILES_COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "energy.static_files.StaticFilesWithModules"
        if STATIC_FILES_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Safety

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.https
if ENVIRONMENT.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # a wire message has at most 256 KiB

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# --- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_tokens.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Online Energy Utility Platform",
    "DESCRIPTION": "Devices, sensors, readings, consumption, peaks and notifications.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENVIRONMENT.log_level},
    "loggers": {
        "django": {"handlers": [], "level": "NOTSET"},
        "daphne.http_protocol": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # Tasks that come and go every few seconds are no news.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
