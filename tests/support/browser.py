# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, through selenium."""
import os

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from support.waiting import seconds


def start(profile):
    """`profile` is a folder for it to write in."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-proxy-server", "--disable-background-networking",
                 "--ignore-certificate-errors",  # the authority is the test's own
                 "--disable-features=BackForwardCache",  # a page that was left is gone
                 f"--user-data-dir={profile}"):
        options.add_argument(flag)
    service = Service("/usr/bin/chromedriver", env={**os.environ, "HOME": str(profile)})
    driver = webdriver.Chrome(service=service, options=options)
    driver.set_page_load_timeout(seconds(20))
    return driver


def complaints(page):
    """What the browser's console has to say of the page."""
    return [entry["message"] for entry in page.get_log("browser")
            if entry["level"] == "SEVERE" and "favicon" not in entry["message"]]
