def about():
    return ""


def contact():
    return ""
