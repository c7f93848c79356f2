"""stub"""
def term_sheet(s): return ""
