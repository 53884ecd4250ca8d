# What SQLModel takes from SQLAlchemy, and its own type.
from sqlalchemy import *

from sqlmodel.sql.sqltypes import AutoString
