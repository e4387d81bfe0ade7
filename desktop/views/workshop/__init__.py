"""The paper workshop 纸张工坊: templates edited with a live preview, receipt forms with fields placed by 0.1 mm."""
