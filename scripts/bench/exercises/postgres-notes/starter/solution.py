def save(cfg, key, text):
    pass
