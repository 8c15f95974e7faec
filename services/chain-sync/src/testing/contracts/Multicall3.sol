// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// What Multicall3 is asked for here, as the contract at 0xcA11bde05977b3631167028862bE2a173976CA11 answers it.
contract Multicall3 {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 index = 0; index < calls.length; index++) {
            (results[index].success, results[index].returnData) = calls[index].target.call(calls[index].callData);
            require(results[index].success || calls[index].allowFailure, "Multicall3: call failed");
        }
    }

    function getEthBalance(address holder) external view returns (uint256) {
        return holder.balance;
    }
}
