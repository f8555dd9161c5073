#!/usr/bin/env node
import "../dist/bundle/sweepline.mjs"
