"""A Django project with nested includes, class views, wrapped views, middleware, and a REST framework router."""
