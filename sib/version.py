"""The version of the library. Results carry it: what is drawn again has the same bits under the same version only."""

VERSION = "0.2.0"
